sefcontext_compile policy
echo "exit $?"
ls -A
