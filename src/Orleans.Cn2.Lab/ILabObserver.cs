namespace Orleans.Cn2.Lab;

/// <summary>What happened to a pod.</summary>
public enum LabPodEvent
{
    /// <summary>It exists: addresses are set, its processes run. It may be ready already.</summary>
    Created,

    /// <summary>Its readiness changed.</summary>
    ReadinessChanged,

    /// <summary>It is asked to end; it still answers.</summary>
    Terminating,

    /// <summary>It is gone: processes ended, namespace and addresses released.</summary>
    Removed,
}

/// <summary>Follows a lab while it changes; <c>cn2</c> registers VMIs from these calls. Calls are made one at a time.</summary>
public interface ILabObserver
{
    /// <summary>A pod changed. The lab goes on when the task ends; an exception ends the lab's operation.</summary>
    ValueTask OnPodAsync(LabPod pod, LabPodEvent change, CancellationToken cancellationToken);

    /// <summary>A step of the lab's work began, in words for a person.</summary>
    void OnStep(string step);
}
