relabel restore $P --json --root "$T" "$T/etc/ssh/config" "$T/missing"
echo "$?"
relabel check $P -q --json --root "$T" "$T/etc/ssh/config"
echo "no rules, no record:"
setfiles --json nowhere tree
