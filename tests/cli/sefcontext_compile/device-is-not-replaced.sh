# needs: mknod
mknod null c 1 3
sefcontext_compile -o null $FC
echo "exit $?"
stat -c %F null
ln -s null link
sefcontext_compile -o link $FC
echo "exit $?"
stat -c %F link
