# names and lines that would drive a terminal or forge lines
dir=$(printf 'a\nb\033[2J')
mkdir "$dir"
printf '/x\033[2J/\tu:object_r:a_t:s0\n/y\001\n/z gen\n' >"$dir/fc"
printf '/caf\351\033\n' >"$dir/fc.subs"
relabel lint "$dir/fc"; echo $?
relabel lint "$dir/none"; echo $?
printf '/x\033[2J/\tgen_context(u:r:\033t,s0)\n/y \033 # \033\n' >"$dir/x.fc"
relabel lint "$dir/x.fc"; echo $?
head -c 100000 /dev/zero >zero; relabel lint zero | cut -c1-100
