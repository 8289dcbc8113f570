sefcontext_compile
echo "exit $?"
sefcontext_compile $FC $FC 2>&1 | head -n 1
sefcontext_compile -x $FC 2>&1 | head -n 1
sefcontext_compile $FC -o 2>&1 | head -n 1
sefcontext_compile --format 4 $FC
