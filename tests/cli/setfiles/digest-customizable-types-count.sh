set_label system_u:object_r:custom_t:s0 tree/etc/shadow
rules="--policy-root $PWD/policy -r $T $FC"
setfiles -D $rules "$T/etc"
setfiles -D $rules "$T/etc"
: >policy/contexts/customizable_types
setfiles -D -v $rules "$T/etc" | grep -v Skipping
