# Samples all processes with ps: ps_loop.bash SAMPLES SECONDS_BETWEEN
exec {silence}<> <(:)
for ((i = 0; i < $1; i++)); do
  ((i == 0)) || read -rt "$2" -u $silence
  ps -eo pid,ppid,comm,state,nlwp,rss,vsz,time
done
