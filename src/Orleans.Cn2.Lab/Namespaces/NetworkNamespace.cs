using System.Collections.Concurrent;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Orleans.Cn2.Lab.Namespaces;

/// <summary>
/// A network namespace that this process works in: one thread of it lives there. Sockets made there stay there, and
/// may be used from any thread.
/// </summary>
public sealed class NetworkNamespace : IDisposable
{
    /// <summary>Where <c>ip netns</c> keeps its names.</summary>
    public const string Root = "/run/netns";

    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;
    private bool _disposed;

    private NetworkNamespace(string name)
    {
        Name = name;
        _thread = new Thread(() =>
        {
            foreach (Action action in _work.GetConsumingEnumerable())
            {
                action();
            }
        })
        { IsBackground = true, Name = $"netns {name}" };
    }

    /// <summary>Name, as <c>ip netns</c> has it.</summary>
    public string Name { get; }

    /// <summary>Enters the namespace.</summary>
    /// <exception cref="NativeException">There is none of this name, or the process may not.</exception>
    public static NetworkNamespace Open(string name)
    {
        NetworkNamespace entered = new(name);
        entered._thread.Start();
        try
        {
            using SafeFileHandle handle = LinuxNamespaces.Open(Path.Combine(Root, name));
            entered.Run(() => LinuxNamespaces.EnterNetwork(handle, name));
            return entered;
        }
        catch
        {
            entered.Dispose();
            throw;
        }
    }

    /// <summary>Runs a function on the thread that is in the namespace and returns its result, or throws what it threw.</summary>
    public T Run<T>(Func<T> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        TaskCompletionSource<T> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                result.SetResult(function());
            }
            catch (Exception e)
            {
                result.SetException(e);
            }
        });
        return result.Task.GetAwaiter().GetResult();
    }

    /// <summary>Runs an action on the thread that is in the namespace.</summary>
    public void Run(Action action) => Run(() =>
    {
        action();
        return true;
    });

    /// <summary>A socket of the namespace. An IPv6 socket is IPv6 only.</summary>
    public Socket CreateSocket(AddressFamily family, SocketType type, ProtocolType protocol) => Run(() =>
    {
        Socket socket = new(family, type, protocol);
        if (family == AddressFamily.InterNetworkV6)
        {
            socket.DualMode = false;
        }

        return socket;
    });

    /// <summary>Ends the thread; sockets made here live on.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _work.CompleteAdding();
            _thread.Join();
            _work.Dispose();
        }
    }
}
