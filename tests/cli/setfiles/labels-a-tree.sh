setfiles -r "$T" "$FC" "$T"
label tree tree/etc tree/etc/passwd tree/etc/shadow tree/etc/link tree/home/ann tree/home/ann/www/index.html tree/none/below/file
