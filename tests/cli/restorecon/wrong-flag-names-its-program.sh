for o in -d -A -z --nul --exclud=/x; do restorecon $o $P "$T/etc/passwd" 2>&1 | head -1; done
