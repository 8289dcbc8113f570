# names as typed, links in directories, substitutions with their lines
cat >"$FC" <<-END
	/data(/.*)?	system_u:object_r:data_t:s0
	/data/x	system_u:object_r:x_t:s0
END
printf '# a comment\n\n/l /srv\n%s/new /opt\n' "$T" >"$FC.subs"
printf '/opt /data\n' >"$FC.subs_dist"
mkdir tree/new
ln -s new tree/old
cd tree/old
relabel explain $P x ../old/./missing/y // .. /l -- -n || echo $?
