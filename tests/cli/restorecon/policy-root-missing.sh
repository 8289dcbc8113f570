restorecon --policy-root /no/policy tree/etc
