# needs: other-user
# what another user may not look at is told by the rules alone
printf '%s(/.*)?\t\tu:r:tree_t:s0\n%s/var/log/.*\t-d\tu:r:dir_t:s0\n' "$T" "$T" >"$FC"
chmod 700 tree/var/log
set_label u:r:other_t:s0 tree/etc/passwd
as_other relabel explain $P "$T/var/log/messages" "$T/etc/passwd"
