# a set with something of everything, in all its files
cat >"$FC" <<'END'
/.*			u:object_r:any_t:s0
/etc/resolv.conf	--	u:object_r:net_t:s0
/srv/www/.*		u:object_r:www_t:s0
/srv/.*			u:object_r:srv_t:s0
/lib/.*			u:object_r:lib_t:s0
/opt/x/			u:object_r:usr_t:s0
/opt/y		--	u:object_r:usr_t:s0
/opt/y		--	u:object_r:bin_t:s0
/a|/b			u:object_r:usr_t:s0
/tmp/.*			<<none>>
END
printf '/lib /usr/lib\n/l/ /m\n/only\n' >"$FC.subs_dist"
printf '/srv/.*\tu:object_r:my_t:s0\n/.*/[.]X11/.*\tu:object_r:x_t:s0\n' >"$FC.local"
relabel lint "$FC"
