# needs: no-selinux
echo "one" >>"$FC"
relabel status $P | grep -v restored; relabel status $P >/dev/null 2>&1; echo $?
relabel status --policy-root "$PWD/none" | grep none
relabel status extra; echo $?
relabel status --jason; echo $?
