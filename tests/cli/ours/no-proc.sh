# needs: no-proc
setfiles=$(command -v setfiles)
export LD_LIBRARY_PATH="${setfiles%/*}/../lib" # the loader asks /proc where the program is
unshare -m sh -c 'mount -t tmpfs none /proc && "$@"; echo $?' sh "$setfiles" -v -r "$T" "$FC" "$T/etc/ssh" 2>&1 | LC_ALL=C sort
unshare -m sh -c 'mount -t tmpfs none /proc && "$@"; echo $?' sh "$setfiles" --check -r "$T" "$FC" "$T/etc/ssh"
