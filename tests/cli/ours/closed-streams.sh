# an output that was closed is one that is lost, but only if there is something to say
setfiles -v -r "$T" "$FC" "$T/etc/ssh" >&-; echo $?
setfiles -r "$T" "$FC" "$T/etc" >&-; echo $?
setfiles -r "$T" "$FC" "$T/missing" 2>&-; echo $?
setfiles -v -r "$T" "$FC" "$T/home" <&- | LC_ALL=C sort
setfiles -s -r "$T" "$FC" <&-; echo $?
label tree/etc/passwd
