relabel lint "$FC"; echo $?
# infos alone are no reason to fail, unless one wants that
printf '/etc/resolv.conf\tu:object_r:net_t:s0\n' >>"$FC"
relabel lint "$FC"; echo $?
relabel lint --strict "$FC"; echo $?
relabel lint --strict --disable unescaped-dot "$FC"; echo $?
