using Orleans.Cn2.Core;
using Orleans.Cn2.Grains.Vmis;

namespace Orleans.Cn2.Cluster.Tests.Vmis;

public sealed class ServiceHintsTests
{
    private static readonly NamespacedName Web = new("default", "web");
    private readonly List<(NamespacedName Service, ulong Version)> _sent = [];
    private readonly ServiceHints _hints;
    private TaskCompletionSource _answer = new();

    public ServiceHintsTests() => _hints = new ServiceHints((service, version) =>
    {
        _sent.Add((service, version));
        return _answer.Task;
    });

    [Fact]
    public void Repeat_HintIsUnderWay_SendsNothing()
    {
        _hints.Send([Web], 7);
        _hints.Repeat();

        Assert.Equal([(Web, 7UL)], _sent);
    }

    [Fact]
    public void Repeat_HintWasLost_SendsItUntilTheServiceAsks()
    {
        _hints.Send([Web], 7);
        End(lost: true);
        _hints.Repeat();
        Assert.Equal([(Web, 7UL), (Web, 7UL)], _sent);

        End(lost: true);
        _hints.Answered(Web);
        _hints.Repeat();
        Assert.Equal(2, _sent.Count);
    }

    [Fact]
    public void Repeat_ServiceHadNothingToDo_SendsNothing()
    {
        _hints.Send([Web], 7);
        End(lost: false);

        _hints.Repeat();

        Assert.Single(_sent);
    }

    [Fact]
    public void Repeat_OlderVersionWasDealtWith_SendsTheNewer()
    {
        _hints.Send([Web], 7);
        TaskCompletionSource older = _answer;
        _answer = new TaskCompletionSource();
        _hints.Send([Web], 8);
        End(lost: true);
        older.SetResult();

        _hints.Repeat();

        Assert.Equal([(Web, 7UL), (Web, 8UL), (Web, 8UL)], _sent);
    }

    [Fact]
    public void Send_NewerVersionWhileOneIsUnderWay_SendsAndRepeatsTheNewer()
    {
        _hints.Send([Web], 7);
        _hints.Send([Web], 8);
        Assert.Equal([(Web, 7UL), (Web, 8UL)], _sent);

        End(lost: true);
        _hints.Repeat();
        Assert.Equal((Web, 8UL), _sent[^1]);
    }

    private void End(bool lost)
    {
        TaskCompletionSource ended = _answer;
        _answer = new TaskCompletionSource();
        if (lost)
        {
            ended.SetException(new TimeoutException("planted fault"));
        }
        else
        {
            ended.SetResult();
        }
    }
}
