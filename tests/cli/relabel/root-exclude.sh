# what is to be left out and is not below the root would be labelled: there is nothing else that could be meant
image
relabel check --root img -e /etc img; echo $?
relabel restore --root img -e /no/where img; echo $?
restorecon --root img -e /etc -R img; echo $?
relabel check --root img -e "$I/etc" img | grep -c "img/etc"
relabel check --root img -e "$I/nowhere" -q img; echo $?
