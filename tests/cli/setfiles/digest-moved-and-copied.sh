setfiles -D -r "$T" "$FC" "$T/etc/ssh" "$T/home"
mv tree/etc/ssh tree/home/ann/ssh
setfiles -D -v -r "$T" "$FC" "$T/home/ann" | LC_ALL=C sort
cp -a --preserve=all tree/home/ann/www tree/etc/www
setfiles -D -v -r "$T" "$FC" "$T/etc/www" | LC_ALL=C sort
