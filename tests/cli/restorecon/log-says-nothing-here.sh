restorecon -l $P "$T/etc/passwd"; echo $?
label tree/etc/passwd | sed 's/.*:object/object/'
