# Completion of tapedeck's command line for bash.
_tapedeck()
{
    local cur prev words cword
    if declare -F _init_completion >/dev/null; then
        _init_completion -n =: || return
    else
        cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
        words=("${COMP_WORDS[@]}")
    fi

    case $prev in
    --config | --log-file | --http-cert | --http-key | --http-token | --creds | --tls-ca | --tls-cert | --tls-key | \
        --orders | --events | --output | -o)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    --nats-server)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -c -- "$cur")
        return
        ;;
    --state-dir)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$cur")
        return
        ;;
    --feed)
        compopt -o nospace 2>/dev/null
        # A word ends at a colon and an equals sign for readline: only what stands behind them is replaced.
        local option=${cur##*[:,]} given=${cur%"${cur##*[:,]}"}
        if [[ $cur != sim:* ]]; then
            mapfile -t COMPREPLY < <(compgen -W 'sim sim: recording: kraken: binance: coinbase: none' -- "$cur")
        elif [[ $option == faults=* ]]; then
            mapfile -t COMPREPLY < <(compgen -W 'none crash-day' -- "${option#faults=}")
        else
            mapfile -t COMPREPLY < <(compgen -P "${given##*[:=]}" -W 'seed= rate= instruments= session= faults=' \
                -- "$option")
        fi
        return
        ;;
    --roles)
        local done=${cur%"${cur##*,}"}
        compopt -o nospace 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -P "$done" \
            -W 'feed checks exchange positions risk gateway notifier ui all' -- "${cur##*,}")
        return
        ;;
    --http)
        mapfile -t COMPREPLY < <(compgen -W '127.0.0.1:0 off' -- "$cur")
        return
        ;;
    --bell)
        mapfile -t COMPREPLY < <(compgen -W 'critical warning off' -- "$cur")
        return
        ;;
    --theme)
        mapfile -t COMPREPLY < <(compgen -W "$(_tapedeck_themes)" -- "$cur")
        return
        ;;
    --log-level)
        mapfile -t COMPREPLY < <(compgen -W 'debug info warning error' -- "$cur")
        return
        ;;
    --context)
        mapfile -t COMPREPLY < <(compgen -W "$(_tapedeck_contexts)" -- "$cur")
        return
        ;;
    --stream)
        mapfile -t COMPREPLY < <(compgen -W 'MARKET_DATA MARKET_DEPTH ORDERS POSITIONS RISK TAPEDECK_DEAD_LETTERS' -- "$cur")
        return
        ;;
    --replicas)
        mapfile -t COMPREPLY < <(compgen -W '1 3 5' -- "$cur")
        return
        ;;
    --depth-storage)
        mapfile -t COMPREPLY < <(compgen -W 'file memory' -- "$cur")
        return
        ;;
    --tif)
        mapfile -t COMPREPLY < <(compgen -W 'day gtc ioc fok' -- "$cur")
        return
        ;;
    --speed)
        mapfile -t COMPREPLY < <(compgen -W '1 10 100 max' -- "$cur")
        return
        ;;
    --from | --to)
        mapfile -t COMPREPLY < <(compgen -W '-10m -1h -1d' -- "$cur")
        return
        ;;
    --server | --user | --account | --count | --stream | --durable | --group | --filter | --subject | --rate | --seq | \
        --stop | --exchange | --id | --quantity | --limit | --symbol | --feed-limit | --depth-rate | --http-names | --http-rate | --max-kbps | \
        --reason | --comment | --shelve | --arm-idle)
        return
        ;;
    esac

    local all='--server --context --user --creds --tls-ca --tls-cert --tls-key --state-dir --config --log-level --log-file --print-config --version --help'
    local deck='--no-ui --nats-server --feed --feed-limit --depth-rate --depth-storage --roles --replicas --http --http-cert --http-key --http-token --http-names --http-rate --bell --theme --readonly --ascii --flash --max-kbps --arm-idle --mouse --no-mouse --account'
    local watch='--from --seq --to --speed --stream --json --csv --count'
    local record='--output --force --from --to --stream --count'
    local work='--durable --group --stream --filter'
    local publish='--subject --rate'
    local dead_letters='list show put-back --json --count'
    local streams='--apply --leases --json --replicas --depth-storage'
    local order='buy sell --stop --tif --post-only --exchange --id --wait --json --account'
    local backtest='--feed --depth-rate --orders --events --from --to --json --account'
    if [[ " ${words[*]} " == *' work '* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$work $all" -- "$cur")
    elif [[ " ${words[*]} " == *' publish '* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$publish $all" -- "$cur")
    elif [[ " ${words[*]} " == *' dead-letters '* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$dead_letters $all" -- "$cur")
    elif [[ " ${words[*]} " == *' streams '* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$streams $all" -- "$cur")
    elif [[ " ${words[*]} " == *' order '* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$order $all" -- "$cur")
    elif [[ " ${words[*]} " == *' cancel '* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--all --symbol --account $all" -- "$cur")
    elif [[ " ${words[*]} " == *' replace '* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--quantity --limit --stop --wait --account $all" -- "$cur")
    elif [[ " ${words[*]} " == *' orders '* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--all --json --csv $all" -- "$cur")
    elif [[ " ${words[*]} " == *' positions '* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--json --csv $all" -- "$cur")
    elif [[ " ${words[*]} " == *' fills '* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--from --json --csv $all" -- "$cur")
    elif [[ " ${words[*]} " == *' backtest '* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$backtest $all" -- "$cur")
    elif [[ " ${words[*]} " == *' record '* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$record $all" -- "$cur")
    elif [[ " ${words[*]} " == *' halt '* || " ${words[*]} " == *' reduce '* || " ${words[*]} " == *' resume '* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--reason $all" -- "$cur")
    elif [[ " ${words[*]} " == *' flatten '* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--reason --yes $all" -- "$cur")
    elif [[ " ${words[*]} " == *' alerts '* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--all --follow --json $all" -- "$cur")
    elif [[ " ${words[*]} " == *' ack '* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--all --comment --shelve --unshelve --json $all" -- "$cur")
    elif [[ " ${words[*]} " == *' watch '* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$watch $all" -- "$cur")
    else
        local commands='watch record work publish dead-letters streams order cancel replace orders positions fills backtest halt reduce resume flatten alerts ack'
        mapfile -t COMPREPLY < <(compgen -W "$commands $deck $all" -- "$cur")
    fi
}

# The names of the contexts of the nats command.
_tapedeck_contexts()
{
    local file
    for file in "${XDG_CONFIG_HOME:-$HOME/.config}"/nats/context/*.json; do
        [[ -e $file ]] && basename "$file" .json
    done
}

# The names of the installed themes.
_tapedeck_themes()
{
    local directory file
    for directory in "${XDG_DATA_HOME:-$HOME/.local/share}/tapedeck/themes" /usr/local/share/tapedeck/themes \
        /usr/share/tapedeck/themes; do
        for file in "$directory"/*.theme; do
            [[ -e $file ]] && basename "$file" .theme
        done
    done
}

complete -F _tapedeck tapedeck
