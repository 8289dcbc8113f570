printf '/a/(b c:d:e\n/b\n# /c\n/d -q c:d:e\n/e c:d:e\n/f\303 c:d:e\n/g\\ c:d:e\n/h[ c:d:e\n' >bad
echo old >bad.bin
sefcontext_compile bad
echo "exit $?"
cat bad.bin
ls -A
