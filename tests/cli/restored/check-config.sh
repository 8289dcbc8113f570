printf '%s\n' "$T/etc/*" "!$T/etc/ssh/**" >conf
restored --check-config $P --config "$PWD/conf"; echo $?
restored --check-config --delay soon $P --config "$PWD/conf"; echo $?
restored --check-config $P --config "$PWD/missing"; echo $?
