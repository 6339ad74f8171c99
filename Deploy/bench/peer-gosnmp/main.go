// The peer "gosnmp": a connection for each device, asked in turn by a window of goroutines.
//
//	peer-gosnmp PORT DEVICES WINDOW SECONDS get|bulk 2|3
//
// Prints one line of JSON: requests, values, and this process's own processor time, after everybody's first answer.
package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gosnmp/gosnmp"
)

var (
	scalar  = "1.3.6.1.2.1.1.3"
	columns = []string{
		"1.3.6.1.2.1.2.2.1.8", "1.3.6.1.2.1.2.2.1.14", "1.3.6.1.2.1.2.2.1.20",
		"1.3.6.1.2.1.31.1.1.1.6", "1.3.6.1.2.1.31.1.1.1.10", "1.3.6.1.2.1.31.1.1.1.15",
	}
	requests, values, timeouts int64
)

func number(text string) int {
	value, err := strconv.Atoi(text)
	if err != nil {
		fmt.Fprintln(os.Stderr, "peer-gosnmp PORT DEVICES WINDOW SECONDS get|bulk 2|3")
		os.Exit(2)
	}
	return value
}

func connect(device, port, version int) *gosnmp.GoSNMP {
	agent := &gosnmp.GoSNMP{
		Target:  fmt.Sprintf("127.1.%d.%d", device/256, device%256),
		Port:    uint16(port),
		Timeout: time.Second,
		Retries: 3,
		MaxOids: gosnmp.MaxOids,
		Version: gosnmp.Version2c, Community: "public",
	}
	if version == 3 {
		agent.Version = gosnmp.Version3
		agent.SecurityModel = gosnmp.UserSecurityModel
		agent.MsgFlags = gosnmp.AuthPriv
		agent.SecurityParameters = &gosnmp.UsmSecurityParameters{
			UserName:               "bench",
			AuthenticationProtocol: gosnmp.SHA256, AuthenticationPassphrase: "benchbench",
			PrivacyProtocol: gosnmp.AES, PrivacyPassphrase: "benchbench",
		}
	}
	if err := agent.Connect(); err != nil {
		fmt.Fprintln(os.Stderr, "peer-gosnmp:", err)
		os.Exit(3)
	}
	return agent
}

func ask(agent *gosnmp.GoSNMP, isBulk bool, names []string) {
	var packet *gosnmp.SnmpPacket
	var err error
	if isBulk {
		packet, err = agent.GetBulk(names, 1, 10)
	} else {
		packet, err = agent.Get(names)
	}
	if err != nil {
		atomic.AddInt64(&timeouts, 1)
		return
	}
	atomic.AddInt64(&requests, 1)
	atomic.AddInt64(&values, int64(len(packet.Variables)))
}

func usage() (user, system int64) {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return used.Utime.Nano() / 1000, used.Stime.Nano() / 1000
}

func main() {
	if len(os.Args) != 7 {
		number("")
	}
	port, devices, window := number(os.Args[1]), number(os.Args[2]), number(os.Args[3])
	seconds, isBulk, version := number(os.Args[4]), os.Args[5] == "bulk", number(os.Args[6])
	names := []string{}
	if isBulk {
		names = append(append(names, scalar), columns...)
	} else {
		names = append(names, scalar+".0")
		for _, column := range columns[:5] {
			names = append(names, column+".1")
		}
	}
	agents := make([]*gosnmp.GoSNMP, devices)
	for device := range agents {
		agents[device] = connect(device, port, version)
	}
	var isOver int32
	var first, all sync.WaitGroup
	for worker := 0; worker < window && worker < devices; worker++ {
		first.Add(1)
		all.Add(1)
		go func(worker int) {
			defer all.Done()
			for device := worker; device < devices; device += window {
				ask(agents[device], isBulk, names)
			}
			first.Done()
			for {
				for device := worker; device < devices; device += window {
					if atomic.LoadInt32(&isOver) != 0 {
						return
					}
					ask(agents[device], isBulk, names)
				}
			}
		}(worker)
	}
	first.Wait()
	userBefore, systemBefore := usage()
	firstRequests, firstValues, firstTimeouts := atomic.LoadInt64(&requests), atomic.LoadInt64(&values), atomic.LoadInt64(&timeouts)
	start := time.Now()
	time.Sleep(time.Duration(seconds) * time.Second)
	userAfter, systemAfter := usage()
	elapsed := time.Since(start).Seconds()
	fmt.Printf("{\"requests\": %d, \"values\": %d, \"unanswered\": %d, \"seconds\": %.3f, \"user_us\": %d, \"system_us\": %d}\n",
		atomic.LoadInt64(&requests)-firstRequests, atomic.LoadInt64(&values)-firstValues,
		atomic.LoadInt64(&timeouts)-firstTimeouts, elapsed, userAfter-userBefore, systemAfter-systemBefore)
	atomic.StoreInt32(&isOver, 1)
	all.Wait()
}
