cp "$FC" rules
printf '/etc/(shadow|gone)\tu:object_r:x_t:s0\n/srv/.*\tu:object_r:srv_t:s0\n/proc/x\t<<none>>\n' >>rules
before=$(find tree -printf '%p %T@ %C@\n')
relabel lint --root "$T" rules; echo $?
relabel lint --root tree/ --only unused --strict rules; echo $?
relabel lint --root "$T" --disable unused rules; echo $?
[ "$before" = "$(find tree -printf '%p %T@ %C@\n')" ] || echo changed
# a set that cannot be loaded
echo /a >>rules
relabel lint --root "$T" rules; echo $?
