name=$(printf 'a\033[2J\nb')
printf '/a\033(\n' >"$name"
sefcontext_compile "$name"
echo "exit $?"
sefcontext_compile "$name/x"
printf '/a c:d:e\n' >"$name"
sefcontext_compile -o "$name/x" "$name"
sefcontext_compile "$name" && ls -A | tr '\033\n' '??'
