printf '/home/ann/.* system_u:object_r:ann_t:s0\n' >"$FC.homedirs"
printf '/home/ann/notes system_u:object_r:notes_t:s0\n' >"$FC.local"
printf '/alias /etc\n' >"$FC.subs_dist"
mkdir tree/alias && touch tree/alias/shadow
setfiles -r "$T" "$FC" "$T"
label tree/home/ann/notes tree/home/ann/www/index.html tree/alias/shadow
