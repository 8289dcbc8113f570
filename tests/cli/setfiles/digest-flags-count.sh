set_label staff_u:object_r:etc_t:s0 tree/etc/passwd
set_label system_u:object_r:custom_t:s0 tree/etc/shadow
rules="--policy-root $PWD/policy -r $T $FC"
setfiles -D $rules "$T/etc"
setfiles -D -v -U $rules "$T/etc" | grep -v Skipping
setfiles -D -v -F $rules "$T/etc" | grep -v Skipping
echo "as good as -F"
setfiles -D -v $rules "$T/etc"
