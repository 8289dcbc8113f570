# needs: mount
# what is missing is said, and nothing is done by another policy
other_system
fixfiles --root missing check; echo $?
fixfiles --root img/etc/passwd --strict-exit check; echo $?
fixfiles --root img -B check 2>&1 | head -n 1
ln -sf ../../policy/contexts "img/etc/selinux/other/contexts.new"
rm -r img/etc/selinux/other/contexts
ln -s "$PWD/policy/contexts" img/etc/selinux/other/contexts
fixfiles --root img check; echo $?
rm img/etc/selinux/config
ln -s "$PWD/config" img/etc/selinux/config
echo SELINUXTYPE=other >config
fixfiles --root img check; echo $?
fixfiles --root img --policy-root "$PWD/policy" check img/etc/passwd
echo "--root of a variable that was not set:"; fixfiles --root "" --policy-root "$PWD/policy" check img/etc/passwd; echo $?
