# needs: root-owner
mkdir -p "$T/sysroot/ostree/repo/objects" && printf '[core]\nrepo_version=1\n' >"$T/sysroot/ostree/repo/config"
touch "$T/sysroot/ostree/repo/objects/x"
setfiles -v -r "$T" "$FC" "$T/sysroot" | sort
setfiles -v --stores --snapshots --remote -r "$T" "$FC" "$T/sysroot" | sort
