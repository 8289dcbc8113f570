# a kernel whose policy knows no name that begins with no_
as_selinux() { ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$BUILD/tests/cli/kernel.so "$@"; }
# which file of a context comes first is up to the file system
told() { sed 's/[0-9]*:  Invalid/*:  Invalid/' | sort; }
rm -r tree/*
mkdir tree/d
for i in 1 2 3; do touch tree/d/a$i tree/d/b$i; done
cat >"$FC" <<-END
	/.* system_u:object_r:etc_t:s0
	/d/a.* system_u:object_r:no_etc_t:s0
	/d/b.* system_u:object_r:no_b_t:s0
END
echo "-- who asks the kernel before"
as_selinux setfiles -m "$FC" "$T" 2>&1; echo $?
as_selinux setfiles -r "$T" --validate none -m "$FC" "$T" 2>&1 | told
label tree/d/a1
echo "-- the kernel is asked about all, because it is named"
as_selinux restorecon -m $P -n -R --validate kernel "$T" 2>&1; echo $?
echo "-- without the capability"
as_selinux setpriv --bounding-set=-mac_admin --inh-caps=-mac_admin \
	setfiles --validate none -m -r "$T" "$FC" "$T" 2>&1 | told
echo "-- another fault than the type"
cat >"$FC" <<-END
	/.* system_u:object_r:etc_t:s0
	/d -d no_u:object_r:etc_t:s0
	/d/a.* no_u:object_r:etc_t:s0
	/d/a2 system_u:no_r:etc_t:s0
	/d/b.* system_u:object_r:etc_t:no_range
END
as_selinux setfiles -m "$FC" "$T" 2>&1 | tail -n 2
as_selinux setfiles --validate none -m -r "$T" --summary "$FC" "$T" 2>&1 | told
echo "-- many types: some, or all of them"
rm -r tree/d
for i in 10 11 12 13 14 15 16 17 18 19 20 21 22 23; do
	touch tree/$i
	echo "/$i system_u:object_r:no_${i}_t:s0"
done >"$FC"
as_selinux setfiles --validate none -C -m -r "$T" "$FC" "$T" 2>many; echo $?
sed -n '/unknown to/p' many
rm "$FC"
for i in 10 11 12 13 14 15 16 17 18 19 20 21 22 23; do
	touch tree/$i.x
	echo "/$i system_u:object_r:no_${i}_t:s0"
	echo "/$i.x system_u:object_r:no_x${i}_t:s0"
done >"$FC"
as_selinux setfiles --validate none -m -r "$T" "$FC" "$T" 2>&1 | sed -n '/unknown to/p'
as_selinux setfiles -v --validate none -m -r "$T" "$FC" "$T" 2>&1 | sed -n '/unknown to/p'
