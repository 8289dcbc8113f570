# permissions and label stay, a link stays a link, nothing changes without need or after an error
printf '/b u:r:t:s0\n/a u:r:t:s0\n' >fc
chmod 640 fc
ln -s fc link
set_label u:r:rules_t:s0 fc
relabel sort -i link
cat fc
stat -c '%F %a' link fc
label fc
touch -d @1 fc
relabel sort --in-place fc
stat -c 'unchanged since %Y' fc
printf '/b u:r:t:s0\n/a\n' >fc
relabel sort -i fc || echo $?
cat fc
printf '/b u:r:t:s0\n/a u:r:t:s0\n' | relabel sort -o new - && cat new
relabel sort -o /dev/null new || echo $?
ls
