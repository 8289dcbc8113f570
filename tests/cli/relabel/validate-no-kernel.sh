# needs: no-selinux
printf '/a system_u:object_r:etc_t:s0\n' >good
relabel compile --validate kernel good; echo $?
relabel lint --validate kernel good; echo $?
sefcontext_compile --validate kernel good; echo $?
ls -A
