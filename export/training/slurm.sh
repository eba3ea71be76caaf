#!/usr/bin/env bash
# Machines of a Slurm cluster, one task each with all of its GPUs; arguments are
# those of `tfragan train`, and --workdir is in a folder that all see:
#   sbatch slurm.sh --config=attngan_cub --data=data/cub --workdir=runs/cub
# Before the time is over, and after the failure of a machine, the job is queued
# again and goes on from the last checkpoint.
#SBATCH --job-name=tfragan
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=1
#SBATCH --cpus-per-task=8
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR1@60
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail

port=$((20000 + SLURM_JOB_ID % 20000))
workers=$(scontrol show hostnames "$SLURM_JOB_NODELIST" |
    sed "s/.*/\"&:$port\"/" | paste -sd, -)
export workers

trap 'scontrol requeue "$SLURM_JOB_ID"' USR1
# The index of a worker is the number of its task.
srun --kill-on-bad-exit=1 bash -c '
    export TF_CONFIG="{\"cluster\": {\"worker\": [$workers]},
        \"task\": {\"type\": \"worker\", \"index\": $SLURM_PROCID}}"
    exec tfragan train --noprogress "$@"' train "$@" &
wait $!
