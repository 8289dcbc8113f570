# needs: no-proc
setfiles=$(command -v setfiles)
export LD_LIBRARY_PATH="${setfiles%/*}/../lib" # the loader asks /proc where the program is
unshare -m sh -c 'mount -t tmpfs none /proc && "$@"; echo $?' sh "$setfiles" -v -r "$T" "$FC" "$T/etc/ssh" 2>&1 | LC_ALL=C sort
unshare -m sh -c 'mount -t tmpfs none /proc && "$@"; echo $?' sh "$setfiles" --check -r "$T" "$FC" "$T/etc/ssh"
# what cannot be done without it says so
ln -s x tree/etc/ssh/link
without() { unshare -m sh -c 'mount -t tmpfs none /proc && "$@"; echo $?' sh "${setfiles%/*}/$@" 2>&1 | sed "s|^${setfiles%/*}/||"; }
without restorecon $P -v "$T/etc/ssh/link"
without restorecon $P --plan -R "$T"
without fixfiles $P check
