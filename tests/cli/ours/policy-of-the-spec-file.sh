set_label user_u:object_r:custom_t:s0 tree/etc/passwd
mkdir -p other/contexts/files && cp "$FC" other/contexts/files/
setfiles -v -r "$T" other/contexts/files/file_contexts "$T/etc/passwd"
