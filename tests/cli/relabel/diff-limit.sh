# rules made to be hard: what is not decided is said, and it ends
gen() { printf '/(a|b)*\tu:r:%s:s0\n' "$1"; for i in $(seq 3 40); do printf '/(a|b)*%s(a|b){%s}\tu:r:%s%s:s0\n' "$1" "$i" "$1" "$i"; done; }
gen a >old
gen b >new
timeout 600 relabel diff --exit-code old new >out || echo $?
grep -c 'more may differ' out
tail -n 1 out | sed 's/[0-9][0-9]*/N/g'
