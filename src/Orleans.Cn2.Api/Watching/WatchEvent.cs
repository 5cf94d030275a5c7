using Google.Protobuf;
using Google.Protobuf.Reflection;
using Orleans.Cn2.Core;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Watching;

/// <summary>One event for a watcher.</summary>
/// <param name="Type">What happened.</param>
/// <param name="Name">The object's name; unset in a bookmark.</param>
/// <param name="Object">The object as it stands; null when it is gone, and in a bookmark.</param>
internal readonly record struct WatchEvent(EventType Type, NamespacedName Name, WatchedObject? Object)
{
    /// <summary>The object's version; empty when it is gone.</summary>
    public string Version => Object?.Version ?? "";

    /// <summary>The object, its name alone when it is gone, or null in a bookmark.</summary>
    /// <typeparam name="T">A message with metadata.</typeparam>
    public T? Message<T>()
        where T : class, IMessage<T>, new()
    {
        if (Object is not null || Type == EventType.Bookmark)
        {
            return (T?)Object?.Message;
        }

        T gone = new();
        FieldDescriptor metadata = gone.Descriptor.FindFieldByName("metadata");
        metadata.Accessor.SetValue(gone, new ObjectMeta { Namespace = Name.Namespace, Name = Name.Name });
        return gone;
    }
}
