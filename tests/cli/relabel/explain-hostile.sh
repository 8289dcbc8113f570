# no name and no rule can forge a line
name=$(printf 'x\n  wins    fake:1\033[2J\233')
touch "$T/etc/$name"
printf '%s/etc/x(.|\\n)*\tu:r:\033[31mt:s0\n' "$T" >"$FC"
set_label "$(printf 'u:r:\n  on disk fake:s0')" "$T/etc/$name"
cd tree/etc
relabel explain $P "$name"
relabel explain $P --json "$name" | grep -v 'absolute_hex\|compared_hex'
