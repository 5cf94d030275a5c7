using Orleans.Cn2.Bench.Datapath.Network;
using Orleans.Cn2.Bench.Datapath.Traffic;
using Orleans.Cn2.Bench.Measuring;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Bench.Datapath.Costs;

/// <summary>TCP through real sockets: CPU of this process, which is client and servers, and of the softirqs.</summary>
internal sealed class ConnectionCost(TimeSpan round)
{
    private const int Chunk = 256 * 1024;

    /// <summary>Connections opened and reset for each second of CPU.</summary>
    public double NewConnections(Contestant contestant, IpFamily family)
    {
        using Servers servers = new(contestant.Network, family, Sockets.Close);
        double softirqs = CpuClock.SoftirqSeconds();
        double cpu = CpuClock.ProcessSeconds;
        long connections = contestant.Network.In(BenchNetwork.Client).Run(() =>
        {
            long count = 0;
            for (long end = Environment.TickCount64 + (long)round.TotalMilliseconds; Environment.TickCount64 < end; count++)
            {
                Sockets.Abort(Sockets.Connect(contestant.Target(family), BenchNetwork.Port));
            }

            return count;
        });
        return connections / (CpuClock.ProcessSeconds - cpu + CpuClock.SoftirqSeconds() - softirqs);
    }

    /// <summary>Bytes of one connection from client to server for each second of CPU, in large sends: segmentation offload as it is by default.</summary>
    public double Bulk(Contestant contestant, IpFamily family)
    {
        long received = 0;
        using ManualResetEventSlim done = new();
        using Servers servers = new(contestant.Network, family, connection =>
        {
            byte[] buffer = new byte[Chunk];
            for (int length; (length = Sockets.Receive(connection, buffer)) > 0;)
            {
                received += length;
            }

            Sockets.Close(connection);
            done.Set();
        });
        double softirqs = CpuClock.SoftirqSeconds();
        double cpu = CpuClock.ProcessSeconds;
        contestant.Network.In(BenchNetwork.Client).Run(() =>
        {
            byte[] chunk = new byte[Chunk];
            int connection = Sockets.Connect(contestant.Target(family), BenchNetwork.Port);
            for (long end = Environment.TickCount64 + (long)round.TotalMilliseconds; Environment.TickCount64 < end;)
            {
                Sockets.Send(connection, chunk);
            }

            Sockets.Close(connection);
        });
        if (!done.Wait(TimeSpan.FromSeconds(10)))
        {
            throw new InvalidOperationException($"{contestant.Name}: the transfer did not end");
        }

        return received / (CpuClock.ProcessSeconds - cpu + CpuClock.SoftirqSeconds() - softirqs);
    }

    /// <summary>A listener and an accepting thread at each back end.</summary>
    private sealed class Servers : IDisposable
    {
        private readonly List<Thread> _threads = [];
        private volatile bool _stop;

        public Servers(BenchNetwork net, IpFamily family, Action<int> serve)
        {
            foreach (string backEnd in BenchNetwork.BackEnds)
            {
                int listener = net.In(backEnd).Run(() => Sockets.Listen(family, BenchNetwork.Port));
                Thread thread = new(() =>
                {
                    while (!_stop)
                    {
                        int connection = Sockets.Accept(listener);
                        if (connection >= 0)
                        {
                            serve(connection);
                        }
                    }

                    Sockets.Close(listener);
                })
                { IsBackground = true };
                thread.Start();
                _threads.Add(thread);
            }
        }

        public void Dispose()
        {
            _stop = true;
            _threads.ForEach(thread => thread.Join());
        }
    }
}
