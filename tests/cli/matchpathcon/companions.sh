printf '/etc/shadow\t--\tu:object_r:local_t:s0\n' >"$FC.local"
printf '/export /home\n' >"$FC.subs"
matchpathcon -m f -f "$FC" /etc/shadow /export/ann/www/x
