chmod 640 $FC
umask 077
(cd policy/contexts/files && sefcontext_compile file_contexts && stat -c '%n %a' file_contexts.bin)
# again, over the old one, and with the old one's mode forgotten
chmod 604 $FC
sefcontext_compile $FC
stat -c '%n %a' $FC.bin
