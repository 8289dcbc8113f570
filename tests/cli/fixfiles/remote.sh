fixfiles --remote $P check "$T/etc/passwd"; echo $?
