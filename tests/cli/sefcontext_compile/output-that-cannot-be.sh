sefcontext_compile -o nowhere/out $FC
echo "exit $?"
mkdir dir
sefcontext_compile -o dir $FC
echo "exit $?"
ls -A dir
