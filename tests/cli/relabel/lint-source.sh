cat >mail.fc <<'END'
# a mail reader
/usr/bin/mail	--	gen_context(system_u:object_r:mail_exec_t,s0)
HOME_DIR/\.mail(/.*)?	gen_context(system_u:object_r:ROLE_mail_t,s0)
/var/spool/mail.d(/.*)?	gen_context(system_u:object_r:spool_t,s0)
ifdef(`distro_debian',`
/usr/lib/mail/mail	--	gen_context(system_u:object_r:mail_exec_t,s0)
',`
/usr/lib/mail/mail	--	gen_context(system_u:object_r:lib_t,s0)
# isn't here
')
/usr/bin/mail	--	gen_context(system_u:object_r:bin_t,s0)
/tmp/mail	-x	gen_context(system_u:object_r:tmp_t,s0)
/run/mail	gen_context(system_u:object_r:run_t)
/run/mail2	gen_context(system_u:object_r:run_t,s0
ifndef(`no_end',`
END
relabel lint mail.fc; echo $?
# a drop-in is no source, whatever its name
mkdir x.local.d && printf '/a/.*\tu:object_r:a_t:s0\n/.*\tu:object_r:b_t:s0\n' | tee x.local.d/a.fc >a.fc
relabel lint x.local.d/a.fc; echo $?
relabel lint a.fc; echo $?
