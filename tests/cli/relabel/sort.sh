# standard input and a file; classic; --check says the first line out of order
cat >fc <<-END
	# our own rules

	# the upload folder
	/srv/www/up/.*	--	u:r:upload_t:s0
	/srv(/.*)?		u:r:srv_t:s0
	/srv/www/index	--	u:r:index_t:s0
	/srv/www(/.*)?	-d	u:r:dir_t:s0
	/srv/www(/.*)?		u:r:www_t:s0
	# the end
END
relabel sort fc
echo "--- classic"
relabel sort --classic - <fc
echo "--- check"
relabel sort -c fc || echo $?
relabel sort fc | relabel sort -c - && echo in order
