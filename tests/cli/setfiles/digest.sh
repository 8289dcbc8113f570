digests() { getfattr -R -h -e hex -n security.sehash tree 2>/dev/null | grep -c sehash=; }
setfiles -D -r "$T" "$FC" "$T"; digests
setfiles -D -r "$T" "$FC" "$T"; digests
setfiles -v -D -r "$T" "$FC" "$T/etc" "$T/home" "$T/etc/passwd"
echo "second run, nothing believed"
setfiles -I -v -r "$T" "$FC" "$T"; digests
