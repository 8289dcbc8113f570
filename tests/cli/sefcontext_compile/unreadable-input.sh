# needs: other-user
chmod 0 $FC
chmod 777 policy/contexts/files
as_other sefcontext_compile $FC
echo "exit $?"
ls -A policy/contexts/files
