long=$(printf '%0255d' 7)
touch "tree/var/log/$long" "tree/var/log/ lead" "tree/var/log/-n" "tree/var/log/$(printf '\303\251\377')"
setfiles -r "$T" "$FC" "$T/var/log"
label "tree/var/log/$long" "tree/var/log/ lead" tree/var/log/-n
