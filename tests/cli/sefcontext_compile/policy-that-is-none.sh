sefcontext_compile -p $FC $FC 2>err
echo "exit $?"
sed 's/: built without libsepol$//' err
ls -A policy/contexts/files
